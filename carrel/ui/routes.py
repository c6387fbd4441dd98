"""Addresses beside the pages: the reports of evaluations, each a page of its own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from carrel.errors import UserError

REPORTS = "/reports"


def routes() -> list[BaseRoute]:
    """Return the routes."""

    def report(request: Request) -> Response:
        from carrel.eval.report import report_page
        from carrel.ui import desk

        try:
            run = desk.runs().get(int(request.path_params["run"]))
        except UserError as error:
            return PlainTextResponse(str(error), 404)
        return HTMLResponse(report_page(run), headers={"X-Frame-Options": "SAMEORIGIN"})

    return [Route(f"{REPORTS}/{{run:int}}", report)]
