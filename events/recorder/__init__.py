"""Records what RudderStack's SDKs really send, and writes it as sample events.

    python -m events.recorder

`server` takes the SDKs' requests as RudderStack's gateway does, `story` and `node` make the calls,
`enrich` adds what RudderStack adds on the way to a destination, and `samples` wraps the result as
Lambda gets it from SQS.
"""
