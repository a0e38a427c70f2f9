"""hatchling hook: an editable install puts .dev on sys.path; fill .dev/camgap with links to the live sources."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LinkHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version != "editable":
            return
        package = Path(self.root, ".dev", "camgap")
        package.mkdir(exist_ok=True)
        for name in self.build_config.only_include.values():  # keys are absolute paths, values relative
            link = package / name
            if not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(Path("..", "..", name), Path(self.root, name).is_dir())
