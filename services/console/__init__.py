"""The console: every page for staff, with one navigation and all templates in one folder.

Its forms post to the service that decides; a page only shows what views and services answer.
"""
