"""驻村通: offline-first records of resident village work, and the provincial server they sync with."""

__version__ = "0.1.0"
