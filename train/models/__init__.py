"""One file per model: `@parameters class Params` and `plan(params) -> train.plan.Plan`."""
