"""A fictitious but lifelike village for demonstrations, training, screenshots and benchmarks."""

from villageapp.services.demo_village.build import build
from villageapp.services.demo_village.model import DemoHousehold, DemoMeasure, DemoVillage, DemoVisit
from villageapp.services.demo_village.workbook import write_workbook

__all__ = ["DemoHousehold", "DemoMeasure", "DemoVillage", "DemoVisit", "build", "write_workbook"]
