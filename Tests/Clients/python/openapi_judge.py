"""Judges requests and answers by an OpenAPI description of Microsoft Graph."""
import json
from pathlib import Path
from urllib.parse import parse_qsl

import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

HOST = "https://graph.microsoft.com"
VERSION = "/v1.0"


class OpenAPIJudge:
    def __init__(self, path):
        self.path, self.text = str(path), Path(path).read_text()
        description = yaml.safe_load(self.text)
        # Whatever cloud or sandbox was asked counts as the global one.
        description["servers"] = [{"url": HOST + VERSION}]
        self.api = OpenAPI.from_dict(description)

    def request(self, method, path, query, headers, body):
        """`path` begins with /v1.0; `headers` have lower-case names; `body` is bytes. Returns what is wrong, or nothing."""
        try:
            self.api.validate_request(self._request(method, path, query, headers, body))
        except Exception as fault:
            return self._told(fault)

    def answer(self, method, path, query, headers, body, status, answer_headers, answer):
        content = answer_headers.get("content-type", "").split(";")[0]
        try:
            self.api.validate_response(
                self._request(method, path, query, headers, body),
                MockResponse(answer, status_code=status, headers=answer_headers, content_type=content))
        except Exception as fault:
            return self._told(fault)

    def _request(self, method, path, query, headers, body):
        return MockRequest(
            HOST, method.lower(), path, args=dict(parse_qsl(query, keep_blank_values=True)), headers=dict(headers),
            data=body or None, content_type=headers.get("content-type", "").split(";")[0])

    def _told(self, fault):
        causes, cause = [], fault
        while cause is not None:
            errors = getattr(cause, "schema_errors", None) or []
            causes += [f"{type(cause).__name__} {cause}"] + [f"{'/'.join(map(str, e.path))}: {e.message}" for e in errors]
            cause = cause.__cause__
        return f"{self.path.rsplit('/', 1)[-1]}: " + "; ".join(causes)


def shorten(text, limit=400):
    text = text if isinstance(text, str) else json.dumps(text)
    return text if len(text) <= limit else text[:limit] + "…"
