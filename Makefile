# Three words for people. Nothing is needed before them but make, git and a shell.
.PHONY: help demo test bench
help:
	@echo "make demo   installs what is missing, builds, and tells the story on this screen (resile torture)"
	@echo "make test   installs what is missing, builds, and runs all tests"
	@echo "make bench  installs the peers, builds, and compares: a table here, plots in build/bench.html (resile bench)"
	@echo "Everything else: CONTRIBUTING.md"
demo:
	@scripts/demo.sh
test:
	@scripts/test.sh
bench:
	@scripts/bench.sh
