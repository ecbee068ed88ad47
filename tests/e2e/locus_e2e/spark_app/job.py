"""The program of the application: takes requests, one line of JSON each, and answers each with one line. It is given
the path of the Unix socket where the test listens: spark-submit does not pass its standard input on.

    {"op": "scan", "tag": TEXT, "format": "text"|"parquet"|"binaryFile", "paths": [URI, ...]}
        -> {"rows": N, "bytes": N, "crc": N, "seconds": N, "listing_seconds": N}; jobs have the group TAG.
    {"op": "write_parquet", "path": URI, "rows": N, "repeat": N, "files": N}

The first line that it sends says where its web interface is. Runs in Spark's own Python, which has nothing of the
tests.
"""

import json
import socket
import sys
import time
import traceback

from pyspark.sql import DataFrame, SparkSession

# Column of each format that holds the content.
_CONTENT = {"text": "cast(value as binary)", "parquet": "cast(value as binary)", "binaryFile": "content"}


def scan(spark: SparkSession, request: dict) -> dict:
    """Lists, then reads all of it. The sums do not depend on the order of what is read."""
    context = spark.sparkContext
    started = time.monotonic()
    context.setJobGroup(f"{request['tag']}-listing", "list")
    frame = spark.read.format(request["format"]).load(request["paths"])
    listed = time.monotonic()
    context.setJobGroup(request["tag"], "scan")
    content = _CONTENT[request["format"]]
    rows, size, crc = sums(frame, content)
    return {
        "rows": rows,
        "bytes": size,
        "crc": crc,
        "seconds": time.monotonic() - started,
        "listing_seconds": listed - started,
    }


def sums(frame: DataFrame, content: str) -> tuple:
    """Number, length and checksum of everything in a column."""
    row = frame.selectExpr("count(*)", f"sum(length({content}))", f"bit_xor(crc32({content}))").collect()[0]
    return tuple(int(value or 0) for value in row)


def write_parquet(spark: SparkSession, request: dict) -> dict:
    """Rows that anybody can compute: the MD5 of each number, in hex, `repeat` times."""
    frame = spark.range(0, request["rows"], 1, request["files"])
    value = f"repeat(md5(cast(id as string)), {request['repeat']}) as value"
    # Text that repeats itself would shrink to nothing.
    frame.selectExpr("id", value).write.option("compression", "none").mode("overwrite").parquet(request["path"])
    return {}


_OPERATIONS = {"scan": scan, "write_parquet": write_parquet}


def main() -> None:
    """Until its input ends."""
    test = socket.socket(socket.AF_UNIX)
    test.connect(sys.argv[1])
    answers = test.makefile("w")
    spark = SparkSession.builder.getOrCreate()
    context = spark.sparkContext
    print(json.dumps({"id": context.applicationId, "ui": context.uiWebUrl}), file=answers, flush=True)
    for line in test.makefile("r"):
        request = json.loads(line)
        try:
            answer = {"ok": _OPERATIONS[request["op"]](spark, request)}
        except Exception as problem:  # told to the test, which judges
            traceback.print_exc()
            answer = {"error": str(problem)}
        print(json.dumps(answer), file=answers, flush=True)
    spark.stop()


main()
