"""One line an event, `time level logger event key=value …`, for people and for log collectors."""

import json
import logging
import time

from django.apps import apps
from django.utils import translation

_PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """Writes the message, then everything given by `extra=` as key=value. What has words in several languages, such as
    a `Sentence` or an exception that holds one, is written in English."""

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        if not apps.ready:
            # There are no translations yet.
            return self._line(record)
        with translation.override("en"):
            return self._line(record)

    def _line(self, record: logging.LogRecord) -> str:
        extras = {key: value for key, value in vars(record).items() if key not in _PLAIN and key != "request"}
        words = [self.formatTime(record), record.levelname.lower(), record.name, record.getMessage()]
        words += [f"{key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in extras.items()]
        line = " ".join(words).replace("\n", " ")
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line
