# What every program beside this one does: reads jobs, one line of JSON each, and writes what came of each as a line of JSON.
# A job is {format, kind: chat | stream | tool, url, prompt}; its outcome {text, pieces, ran}: the text of the answer, into how many pieces
# it came, and with what the tool was called.
import json
import sys
import traceback

MODEL = "glm-5"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def get_weather(city):
    return "It is sunny in " + city


def serve(formats):
    """`formats` maps a format to a function of (kind, url, prompt) that returns (pieces, arguments of the tool or None)."""
    outcomes, sys.stdout = sys.stdout, sys.stderr  # some libraries print what they think of an error
    for line in sys.stdin:
        job = json.loads(line)
        try:
            pieces, ran = formats[job["format"]](job["kind"], job["url"], job["prompt"])
            outcome = {"text": "".join(pieces), "pieces": len(pieces), "ran": ran}
        except Exception:
            outcome = {"error": traceback.format_exc()}
        print(json.dumps(outcome), file=outcomes, flush=True)
