"""Compiles pipeline/native, several modules at a time. All else about the package is in pyproject.toml.

Cython writes its code for arrays once, into `pipeline.native._arrays`, which the others share: in each of them it would
be most of what a C compiler reads. Extensions are optional: without a C compiler numpy does the same.
"""

import os
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.modified import newer_group

NATIVE = Path("pipeline", "native")
ARRAYS = "pipeline.native._arrays"


class BuildNative(build_ext):
    """From Cython to C to a module, each in processes of its own; what is newer than its sources is left alone."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extension(self, ext: Extension) -> None:
        sources = [*ext.sources, *ext.depends]
        made = self.get_ext_fullpath(ext.name)
        if self.force or newer_group(sources, made):
            here = Path(*ext.name.split(".")).parent / Path(made).name
            if self.editable_mode and not newer_group(sources, str(here)):
                self.mkpath(str(Path(made).parent))
                self.copy_file(str(here), made)
                return
            ext.sources = [self.translated(ext)]
            super().build_extension(ext)

    def translated(self, ext: Extension) -> str:
        written = Path(self.build_temp, f"{ext.name}.c")
        written.parent.mkdir(parents=True, exist_ok=True)
        made = [f"--generate-shared={written}"] if ext.name == ARRAYS else [f"--shared={ARRAYS}", "-o", written]
        subprocess.run([sys.executable, "-m", "cython", "-3", *made, *ext.sources], check=True)  # noqa: S603
        return str(written)


def extension(name: str, sources: list[str], level: str) -> Extension:
    """Describe one module. No fused multiply-add: sums are the same on every processor."""
    return Extension(
        name,
        sources,
        depends=["setup.py", *sorted(map(str, NATIVE.glob("*.pxd")))],
        extra_compile_args=[level, "-g0", "-ffp-contract=off"],
        optional=True,
    )


setup(
    cmdclass={"build_ext": BuildNative},
    ext_modules=[
        extension(ARRAYS, [], "-O1"),
        *(extension(f"pipeline.native.{path.stem}", [str(path)], "-O3") for path in sorted(NATIVE.glob("*.pyx"))),
    ],
)
