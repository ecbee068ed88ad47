"""How Alluxio's programs are started: small, quick to start, and on JDK 17, which its own scripts refuse."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from locus_e2e.settings import SettingsError

MASTER = "alluxio.master.AlluxioMaster"
WORKER = "alluxio.worker.AlluxioWorker"
FORMAT = "alluxio.cli.Format"
DRIVER = "AlluxioDriver"

# What Alluxio 2.9 reaches into of JDK 17.
_OPENED = ("lang", "lang.reflect", "nio", "util", "util.concurrent", "io", "net", "time")
_ACCESS = [
    *(f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in _OPENED),
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
]
# Half a dozen of these share two cores: what they save at the start counts more than how fast they get.
_SMALL = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-XX:MaxMetaspaceSize=192m"]
_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.alluxio.name = alluxio
logger.alluxio.level = info
"""


class Java:
    """Builds command lines."""

    def __init__(self) -> None:
        """LOCUS_ALLUXIO is the class path. Raises SettingsError."""
        class_path = os.environ.get("LOCUS_ALLUXIO")
        java = shutil.which("java")
        if not class_path or java is None:
            raise SettingsError("LOCUS_ALLUXIO is not set, or there is no java: start through `tools/dev e2e alluxio`")
        self._java = java
        self._class_path = class_path

    def command(
        self,
        main: str,
        folder: Path,
        properties: Mapping[str, object],
        *,
        heap_mib: int,
        options: Sequence[str] = (),
    ) -> list[str]:
        """Writes the configuration of a program below `folder`, and says how to start it."""
        configuration = folder / "conf"
        configuration.mkdir(parents=True, exist_ok=True)
        # ISO 8859-1 by its definition; what stands here is ASCII.
        lines = [f"{key}={_text(value)}\n" for key, value in properties.items()]
        (configuration / "alluxio-site.properties").write_text("".join(lines), encoding="ascii")
        (configuration / "log4j2.properties").write_text(_LOGGING, encoding="ascii")
        return [
            self._java,
            f"-Xmx{heap_mib}m",
            "-XX:MaxDirectMemorySize=64m",
            *_SMALL,
            *_ACCESS,
            # These three are not taken from the file.
            f"-Dalluxio.home={folder}",
            f"-Dalluxio.conf.dir={configuration}",
            f"-Dalluxio.logs.dir={folder}",
            f"-Dlog4j2.configurationFile={configuration}/log4j2.properties",
            f"-Djava.io.tmpdir={folder}",
            *options,
            "-cp",
            self._class_path,
            main,
        ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
