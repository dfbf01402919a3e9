#!/usr/bin/env bash
# Install Reelmate from this folder without compilers and without anything that no lock file names. The Dockerfile runs
# this script, and so does the continuous integration, which has no containers.
#
#   deploy/image/install.sh dependencies FOLDER [PYTHON]   a virtual environment with the libraries of requirements.lock
#   deploy/image/install.sh project FOLDER [TARGET]        Reelmate itself, in that environment or in a folder of its own
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
step=${1:?dependencies or project} folder=${2:?the folder of the virtual environment}
tools=$folder-tools

if [[ $step == dependencies ]]; then
	python=${3:-python3}
	# uv alone comes from pip, and brings everything else.
	"$python" -m venv "$tools"
	sed -n '/^uv==/,/[^\\]$/p' "$root/requirements-dev.lock" >"$tools/uv.txt"
	"$tools/bin/python" -m pip install --quiet --no-compile --require-hashes -r "$tools/uv.txt"
	"$tools/bin/uv" venv --quiet --python "$python" "$folder"
	"$tools/bin/uv" pip install --quiet --python "$folder" --require-hashes -r "$root/requirements.lock"
	libraries=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
	# Tests of the libraries, and headers for compilers.
	find "$libraries" -type d \( -name tests -o -path "$libraries/paddle/include" -o -path "$libraries/pyarrow/include" \) \
		-prune -exec rm -rf {} +
	compiled=$libraries
elif [[ $step == project ]]; then
	target=${3:-}
	# The build back end comes from the lock file too.
	"$tools/bin/uv" build --quiet --wheel --python "$folder" --build-constraints "$root/requirements-dev.lock" \
		--require-hashes --out-dir "$tools/dist" "$root"
	"$tools/bin/uv" pip install --quiet --python "$folder" --no-deps ${target:+--target "$target"} "$tools"/dist/*.whl
	compiled=${target:-$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')}
else
	echo "unknown step: $step" >&2
	exit 2
fi
# Who runs Reelmate may not write here, so Python could never keep what it compiles.
"$folder/bin/python" -m compileall -qq -j 0 "$compiled" || true
echo "$step: $(du -sm "$compiled" | cut -f 1) MB"
