"""One file per measure of a task: what a model answered in, the figures of the official evaluator.

    def measure(answers: Mapping[str, str], examples: pa.Table) -> dict[str, Any]: ...

`examples` has the schema of `train.tasks.examples`; `answers` has one of each by its name: a word,
one of its choices, or boxes, `(n, 4)`, the best first. Figures are shares, 0-1, where evaluators
print hundredths, and stand beside the number of examples that they are of. An example without an
answer is a DataError: leaving out what is hard would raise every figure.
"""
