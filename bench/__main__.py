"""Runs the benchmarks and prints them as the tables of docs/benchmarks.md."""

from bench import review_proxy

if __name__ == "__main__":
    review_proxy.run()
