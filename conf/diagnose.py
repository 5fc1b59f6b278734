"""The settings of the diagnosis."""

from conf.section import Section


class DiagnoseSettings(Section):
    watch: bool = True
    coach: bool = True
