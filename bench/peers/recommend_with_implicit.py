"""Item-to-item recommendations by implicit: each of its recipes, fitted on the same purchases.

Reads what `bench.peers` wrote: who bought what before the day, baskets, who is to be offered
what. Each recipe is fitted on people and on baskets; the best of them is the one we are set beside.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from scipy import sparse

RECIPES = {"cosine": CosineRecommender, "tf-idf": TFIDFRecommender, "bm25": BM25Recommender}
NEIGHBOURS = (20, 100)


def main(source: str, target: str, k: str) -> None:
    """Fit and recommend with every recipe; write places (recipe, person, k), print seconds."""
    held = np.load(source)
    own = sparse.csr_matrix((held["weight"], (held["person"], held["place"])), shape=held["shape"])
    own = own.astype(np.float32)
    baskets = sparse.csr_matrix(
        (np.ones(len(held["basket"]), dtype=np.float32), (held["basket"], held["basket_place"])),
        shape=(held["basket"].max() + 1, own.shape[1]),
    )
    told, picked = [], {}
    for on, table in (("people", own), ("baskets", baskets)):
        for name, recipe in RECIPES.items():
            for neighbours in NEIGHBOURS:
                model = recipe(K=neighbours)
                started = time.perf_counter()
                model.fit(table, show_progress=False)
                fitted = time.perf_counter()
                places, _ = model.recommend(np.arange(own.shape[0]), own, N=int(k))
                done = time.perf_counter()
                whole = f"{name}, {neighbours} neighbours, on {on}"
                picked[whole] = places
                told.append({"recipe": whole, "fit_s": fitted - started, "score_s": done - fitted})
    np.savez(target, **picked)
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
