"""Simulated interviews: which titles to ask a newcomer about.

- `simulation`: the protocol.
- `policies`, `decision_tree`: the baselines.
- `report`: the product's interview next to them.
"""
