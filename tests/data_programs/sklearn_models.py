# needs: sklearn
"""Models that have been fitted, trees and forests above all, and ones that go on being fitted."""

from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import KFold, ParameterGrid
from sklearn.neighbors import BallTree, KDTree, KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

GRID = {"n_estimators": [2, 3], "max_depth": [2, None]}


def chosen(points, labels, models):
    for number, params in enumerate(ParameterGrid(GRID)):  # checkpoint
        score = 0.0
        for train, test in KFold(2, shuffle=True, random_state=number).split(points):
            forest = RandomForestClassifier(random_state=2, **params)
            model = make_pipeline(StandardScaler(), forest).fit(points[train], labels[train])
            score += model.score(points[test], labels[test])
        models.append((score, model))
        print(number, params, [float(model.predict(points).sum()) for _, model in models])


def main():
    points, labels = make_classification(60, 6, random_state=0)
    models, trees = [], [KDTree(points), BallTree(points)]
    chosen(points, labels, models)
    boosted = GradientBoostingClassifier(n_estimators=2, warm_start=True, random_state=0)
    binned = HistGradientBoostingRegressor(max_iter=2, warm_start=True)
    online = SGDClassifier(random_state=1)
    others = [SVC(), KMeans(3, n_init=1, random_state=1), KNeighborsClassifier()]
    for other in [*others, GaussianProcessRegressor()]:  # checkpoint
        boosted.n_estimators += 1
        binned.max_iter += 1
        models.append((0, other.fit(points, labels)))
        online.partial_fit(points, labels, classes=[0, 1])
        print(float(sum(model.predict(points).sum() for _, model in models)), online.coef_.sum())
        print(*(float(one.fit(points, labels).predict(points).sum()) for one in (boosted, binned)))
        print(*(float(tree.query(points[:2], k=2)[0].sum()) for tree in trees))


main()
