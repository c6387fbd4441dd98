"""Datasets as files."""

from __future__ import annotations

import json
from pathlib import Path

from carrel.datasets import SquadSet


def write_squad(path: Path, dataset: SquadSet) -> Path:
    """Write a set in SQuAD's JSON."""
    data = [
        {
            "title": article.title,
            "paragraphs": [
                {
                    "context": paragraph,
                    "qas": [
                        {
                            "id": question.id,
                            "question": question.question,
                            "is_impossible": not question.answers,
                            "answers": [{"text": a.text, "answer_start": a.start} for a in question.answers],
                        }
                        for question in article.questions
                        if question.context == paragraph
                    ],
                }
                for paragraph in article.paragraphs
            ],
        }
        for article in dataset.articles
    ]
    path.write_text(json.dumps({"version": "1.1", "data": data}, ensure_ascii=False), encoding="utf-8")
    return path
