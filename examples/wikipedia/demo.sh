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

ask "Which river runs through Warsaw?"
ask "Who discovered oxygen?"
ask "When did the oil crisis of the seventies begin?"
ask "Who developed the theory of general relativity?"
ask "Who won the football world cup of 1998?" # Nobody here: no article says it.

echo
echo "Ask your own: CARREL_HOME=$CARREL_HOME $carrel ask \"...\"; index your own: $carrel index FOLDER"
