"""Plugins that come with askwire and need no AI package."""
