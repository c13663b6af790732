"""Records what RudderStack's SDKs send, and writes it as sample events.

    python -m events.recorder

`server` receives the SDKs' requests as RudderStack's gateway does, `scenario` and `node` make the
calls, `enrich` adds the fields that RudderStack adds, and `samples` wraps the result as Lambda
receives it from SQS.
"""
