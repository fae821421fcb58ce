"""The screen 资产项目."""
