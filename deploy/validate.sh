#!/usr/bin/env bash
# Check every deployment file with the tool of its format, without containers, clusters or accounts.
# A tool that is missing is a failure in continuous integration, and a visible gap elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH:/usr/sbin
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# Name a tool and the files that it checks, and say whether they can be checked.
with() {
	if command -v "$1" >/dev/null; then
		echo "--- $1: ${*:3}"
	else
		echo "--- not checked, because $1 is missing ($2): ${*:3}" >&2
		[[ -z ${CI:-} ]] || failed=1
		return 1
	fi
}

if with check-jsonschema "make install" compose.yaml; then
	check-jsonschema --builtin-schema vendor.compose-spec compose.yaml || failed=1
fi

if with docker-compose "make install" compose.yaml .env.example; then
	for form in small large; do
		# The names of secrets, networks, volumes and services must fit each other.
		docker-compose --env-file .env.example --profile "$form" config --quiet || failed=1
	done
fi

if with hadolint "make install" Dockerfile; then
	hadolint Dockerfile || failed=1
fi

manifests=(deploy/kubernetes/*.yaml deploy/kubernetes/prepare/*.yaml)
manifests=("${manifests[@]//*kustomization.yaml/}")
# shellcheck disable=SC2206 # The names have no blanks, and the removed ones leave empty words.
manifests=(${manifests[@]})
if with kubernetes-validate "make install" "${manifests[@]}"; then
	kubernetes-validate --strict --quiet "${manifests[@]}" || failed=1
fi

if with systemd-analyze "apt-get install systemd" deploy/systemd/*; then
	# The program need not be installed here.
	for unit in deploy/systemd/*; do
		sed 's#/opt/reelmate/bin/reelmate#/bin/true#' "$unit" >"$scratch/${unit##*/}"
	done
	systemd-analyze verify --man=no --recursive-errors=no "$scratch"/*.service "$scratch"/*.timer 2>"$scratch/units" || failed=1
	# An unknown key is only a warning, and other units of this machine are not ours.
	if grep "$scratch" "$scratch/units" >&2; then failed=1; fi
fi

if with caddy "apt-get install caddy" deploy/Caddyfile; then
	HOME=$scratch DOMAIN=bot.example.com caddy validate --adapter caddyfile --config deploy/Caddyfile >"$scratch/caddy" 2>&1 || {
		cat "$scratch/caddy" >&2
		failed=1
	}
fi

# Only the package of a whole Prometheus has this tool, so it is used where it is.
if command -v promtool >/dev/null; then
	echo "--- promtool: deploy/prometheus/alerts.yaml"
	promtool check rules deploy/prometheus/alerts.yaml || failed=1
fi
exit "$failed"
