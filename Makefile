# Two words for people. Nothing is needed before them but make, git and a shell.
.PHONY: help demo test
help:
	@echo "make demo   installs what is missing, builds, and tells the story on this screen (resile torture)"
	@echo "make test   installs what is missing, builds, and runs all tests"
	@echo "Everything else: CONTRIBUTING.md"
demo:
	@scripts/demo.sh
test:
	@scripts/test.sh
