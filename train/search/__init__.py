"""Search over a snapshot: pictures by text or by picture, from an index, looked at again.

`encoders` gives vectors, `index` keeps and compares them, `rerank` reads what came first with the
words beside it, `searcher` puts these together; `command` and `service` are how people ask.
"""
