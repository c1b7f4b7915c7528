"""The Action, the GitLab component and the image, each run by a program that stands in for its service: ``make runners``."""
