"""The path of an event, in order: identify, apply, infer, route, decide, project, record, commit."""
