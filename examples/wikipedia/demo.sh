#!/bin/sh
# Indexes the example articles and asks them a handful of questions: sh examples/wikipedia/demo.sh [HOME]
set -eu
CARREL_HOME="${1:-.carrel}"
export CARREL_HOME
carrel="${CARREL:-.venv/bin/carrel}"

echo "\$ carrel index examples/wikipedia/articles"
"$carrel" index examples/wikipedia/articles

ask() {
    echo
    echo "\$ carrel ask \"$1\""
    "$carrel" ask "$1" --top-k 1
}

ask "Who was the most valuable player of Super Bowl 50?"
ask "When did the oil crisis of the seventies begin?"
ask "What do plants need for photosynthesis besides light and water?"
ask "Which river runs through Warsaw?"
ask "Who developed the theory of general relativity?"

echo
echo "Ask your own: CARREL_HOME=$CARREL_HOME $carrel ask \"...\"; index your own: $carrel index FOLDER"
