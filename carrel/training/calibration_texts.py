"""Questions and texts of many kinds, written for this: what an export looks at to find the outliers of a network.

Which channels have them is a matter of the weights far more than of the text, so that a dozen will do.
"""

from __future__ import annotations

PAIRS = (
    (
        "When was the bridge over the Varn opened to traffic?",
        "The bridge over the Varn was begun in 1894, after two ferries had sunk in one winter, and opened to "
        "traffic on 12 May 1897. Its five arches, each 31.5 metres wide, carry a road and, since 1923, a tram "
        "line. The architect, Helene Marwitz, had built only warehouses before.",
    ),
    (
        "How do I make the service start again after a crash?",
        "Set `restart = always` in the section [service] and reload the configuration with `svctl reload`. The "
        "service is started again after five seconds; `restart_delay` takes another time, in milliseconds. After "
        "ten failures within a minute it is left stopped, and `svctl status` shows the last error message.",
    ),
    (
        "Is the battery good enough for a long flight?",
        "I bought these headphones for a trip to Singapore and they lasted the whole way, about 14 hours, with "
        "noise cancelling on. The sound is clear but there isn't much bass!! The case feels cheap, the left hinge"
        " broke after a month... For $79 I would still buy them again.",
    ),
    (
        "What effect did vitamin D have on fractures in older adults?",
        "BACKGROUND: Vitamin D is widely prescribed to prevent fractures. METHODS: In a randomised, placebo-"
        "controlled trial, 2,686 adults aged 65-85 received 100,000 IU of cholecalciferol every four months. "
        "RESULTS: The relative risk of a first fracture was 0.78 (95% CI 0.61-0.99, p = 0.04). CONCLUSION: "
        "Supplementation may reduce fractures in people living in the community.",
    ),
    (
        "Who scored the winning goal in the final?",
        "Northfield won the cup for the third time on Saturday, beating Harrow Town 2-1 in front of 41,000 "
        "people. Maria Okafor headed the first goal after nine minutes; Jansen equalised from the penalty spot; "
        "and with the last touch of the match the substitute Lee Park shot the winner from twenty metres.",
    ),
    (
        "Which court decides on appeals against the order?",
        "Article 14. (1) An appeal against an order under section 7 may be lodged within thirty days of its "
        "delivery. (2) The appeal shall be decided by the Administrative Court of the province in which the "
        "applicant resides; its decision is final, save as provided in subsection (4).",
    ),
    (
        "Why do leaves change their colour in autumn?",
        "As the days grow shorter, deciduous trees stop making chlorophyll, the green pigment with which leaves "
        "catch light. What is left shows the yellow and orange carotenoids that were there all summer, while "
        "sugars caught in the leaf turn into red anthocyanins, most of all in years of warm days and cold nights.",
    ),
    (
        "What did the company say about its profit for the year?",
        "LONDON (Reuters-style summary) - Shares of Altmark Foods fell 6.2 percent on Tuesday after the company "
        "cut its profit forecast for the year to between 310 and 330 million euros, from 365 million, blaming the"
        " price of cocoa. Chief executive Rajiv Menon said that no plants would be closed.",
    ),
    (
        "What does the function return if the key is missing?",
        'def lookup(table: dict[str, int], key: str, default: int = -1) -> int: """Return the value under `key`, '
        'or `default` if there is none. Raises TypeError: `key` is no string.""" return table.get(key, default)',
    ),
    (
        "How many people lived in the town before the plague?",
        "In the early fourteenth century the town had perhaps 9,000 inhabitants, most of them weavers and dyers "
        "from Flanders. The plague of 1349 killed more than half; the tax roll of 1377 names 3,871. Not until the"
        " railway came, in 1846, did it reach its former size.",
    ),
    (
        "Can I return the shoes without the box?",
        "You may return unworn items within 28 days. Please include the original packaging where you can; without"
        " it we refund the price less 10%. Q: Do I pay for postage? A: Only from outside the EU. Contact: +44 20 "
        "7946 0018 or returns@example.com.",
    ),
    (
        "What is entropy?",
        "In information theory, the entropy of a random variable X with outcomes x is H(X) = -sum p(x) log p(x): "
        "the mean number of bits that are needed to say which outcome came. Claude Shannon introduced it in 1948."
        " It is largest, log n, where all n outcomes are equally likely.",
    ),
)
