"""What `/api/openapi.json` says beyond what django-ninja knows: how every call refuses."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from pydantic import BaseModel, Field

from leadkeeper.team.problems import CONTENT_TYPE


class FieldProblem(BaseModel):
    field: str = Field(description="The name under which the value was sent.")
    message: str = Field(description="What is wrong with it, in the language of `Accept-Language`.")


class Problem(BaseModel):
    """Why the call was refused: RFC 9457 problem details. Nothing has been changed."""

    type: str = Field(description="`about:blank`, or the address of a kind of problem that has more members.")
    title: str
    status: int = Field(description="The same as the status of the answer.")
    detail: str = Field(description="What happened, for people, in the language of `Accept-Language`.")
    errors: list[FieldProblem] = Field(description="Empty where it is not about fields.")


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
