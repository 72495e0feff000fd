"""Captions as no author of a tool expects them, by what is strange about each."""

CAPTIONS = {
    "control": "a red\x00 ball\x07 on\x1b[31m a\x7f table\x85 today",
    "lines": "a ball\r\non a\ttable\u2028beside\u2029a cat\x0b\x0c",
    "right-to-left": "a \u202ellab der\u202c and a \u2067\u0643\u0631\u0629\u2069 \u200f\u061c",
    "arabic": "\u0643\u0631\u0629 \u062d\u0645\u0631\u0627\u0621 \u0639\u0644\u0649 \u0637"
    "\u0627\u0648\u0644\u0629",
    "combining": "a z" + "\u0301\u0335\u0489" * 300 + "algo ball",
    "mark-first": "\u0301\u0301 a ball",
    "emoji": "a \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 and a \U0001f3f4"
    "\U000e0067\U000e007f \U0001f1e9\U0001f1ea ball",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)> a ball & \"a 'hat'",
    "attribute": '" onmouseover="alert(1)" style=\'x:expression(1)\' a ball',
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7} <%= 7 %> a ball",
    "markdown": "[a ball](javascript:alert(1)) | a | b |\n|---| `x` ![a](//b)",
    "latex": "$\\frac{a}{0}$ \\input{/etc/passwd} a ball_{ ^ % $x",
    "sql": "'; DROP TABLE pairs; -- a ball",
    "formula": '=HYPERLINK("http://a.example","a ball")',
    "csv": 'a "ball", a; "hat',
    "path": "../../../../etc/passwd a ball",
    "format": "%s %n %x {0} {a.__class__} a ball",
    "yaml": "a: &a [*a] !!python/object/apply:os.system ['x'] # ball",
    "json": '{"@type": "ImageObject", "a": "\\ud800 ball"}',
    "zalgo-words": " ".join(f"b\u0336a\u0337l\u0338l\u0334{n}" for n in range(40)),
    "widths": "\uff41 \uff42\uff41\uff4c\uff4c \u3000 \u00a0\u200b\u2060\ufeff ball \ufffd"
    "\ufffe\U0010ffff",
    "private": "\ue000\U000f0000 a ball \U000e0001",
    "spaceless": "\u7ea2\u8272\u7684\u7403\u5728\u684c\u5b50\u4e0a" * 40,
    "thai": "\u0e25\u0e39\u0e01\u0e1a\u0e2d\u0e25\u0e2a\u0e35\u0e41\u0e14\u0e07",
    "one-word": "ball" * 2_000,
    "words": "a red ball and " * 1_500,
    "hyphens": "a-" * 8_000 + "ball",
    "brackets": "(" * 5_000 + "ball" + ")" * 5_000,
    "possessives": "the dog's " * 1_000 + "ball",
    "numbers": "1" * 5_000 + " balls and 1e999999 hats",
    "addresses": "a.b@c." * 3_000,
    "blank": " \u200b\u2060\ufeff\t ",
    "punctuation": "!?.,;:-_" * 500,
}
"""Each fits the fuzzer's longest input."""

LONG = "a red ball, a blue hat and two dogs under a big green tree; " * 1_700
