"""A caption that is understood in, the same statement in other words out, form by form.

Each form is a function of a reading that yields what it can make of it, with the edits of the
caption's spans and the proof: the part of the scene graph by which both say the same. What a form
does not understand it leaves alone.

    relative     a red hat -> a hat that is red
    clause       a man holding a hat -> a man who is holding a hat
    order        a cat and a dog -> a dog and a cat
    existential  a hat on a table -> there is a hat on a table
    features     woman: red hair -> a woman with red hair
    bearer       flag: Malta -> flag of Malta
    symmetric    a cat next to a dog -> a dog next to a cat
    converse     a cat left of a dog -> a dog right of a cat
"""

from collections.abc import Mapping

from augment.rewriting.clauses import clause, existential, relative
from augment.rewriting.exchanges import converse, order, symmetric
from augment.rewriting.forms import Form
from augment.rewriting.unicode_names import bearer, features

FORMS: Mapping[str, Form] = {
    form.__name__: form
    for form in (relative, clause, order, existential, features, bearer, symmetric, converse)
}
