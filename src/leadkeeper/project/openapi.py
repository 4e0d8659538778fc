"""What `/api/openapi.json` says beyond what django-ninja knows: how every call refuses."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema

from leadkeeper.team.problems import CONTENT_TYPE, Problem


class DescribedApi(NinjaAPI):
    """Every operation has a `default` answer, which stands for all that are not listed: `Problem`."""

    def get_openapi_schema(self, **where: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**where)
        described = Problem.model_json_schema(ref_template=REF_TEMPLATE)
        schema["components"]["schemas"] |= described.pop("$defs") | {Problem.__name__: described}
        content = {CONTENT_TYPE: {"schema": {"$ref": REF_TEMPLATE.format(model=Problem.__name__)}}}
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = {"description": "Refused", "content": content}
        return schema
