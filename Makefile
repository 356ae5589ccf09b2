# Ponte's two commands, for a checkout on a machine with only Rust and Node.
#
#   make run    build, start the demo, print its address
#   make test   install what is missing, run everything, close with "N passed, N failed"
#
# The work is in scripts/, where each step says why. RELEASE=1 make run builds with optimisations.

.PHONY: run test

run:
	@scripts/run

test:
	@scripts/test
