"""One file per model: `Params`, and `plan(params) -> train.plan.Plan` by its `Recipe`."""
