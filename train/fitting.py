"""A plan in; which of its fields do not fit each other, as errors, out."""

from typing import TYPE_CHECKING

from curate.dataset.errors import ParamsError

if TYPE_CHECKING:
    from train.plan import Plan

PIXELS = ("patches", "grid")  # values of `visual` that read pixels into tokens that layers see
ONE_WIDTH = ("joint", "cross")  # layers in which words and regions are equally wide


def check(plan: "Plan") -> None:
    """Refuse layers, embeddings and a pool that do not fit the rest.

    Raises:
        ParamsError: says what does not go with what.
    """
    same = sorted(plan.kinds() & set(ONE_WIDTH))
    if same and plan.vision_width != plan.width:
        raise ParamsError(
            f"layers {plan.streams!r}: {same[0]} needs regions as wide as words, not "
            f"vision_width {plan.vision_width} beside width {plan.width}"
        )
    for told, wanted in (
        (f"pool: {plan.pool}", plan.whole_image or plan.pool != "product"),
        (f"visual: {plan.visual}", plan.whole_image or plan.visual != "joined"),
    ):
        if not wanted:
            raise ParamsError(f"{told} needs the whole-image region (whole_image: true)")
    if (plan.visual == "towers") != bool(plan.towers):
        raise ParamsError(
            f"visual: {plan.visual} with towers {plan.towers or 'that are none'}: the model "
            "clip, and no other, is open_clip's towers"
        )
    _pixels(plan)
    _media(plan)
    if plan.visual == "joined" and not plan.shared_norm:
        raise ParamsError("visual: joined has one norm for both sides (shared_norm: true)")
    if plan.second and (plan.visual == "joined" or "tlm" in plan.objectives):
        raise ParamsError(
            f"second: {plan.second} goes neither with visual: joined, whose regions stand "
            "after one caption, nor with the task tlm, whose second captions are translations"
        )
    if plan.positions == "aligned" and plan.visual != "sum":
        raise ParamsError(
            f"positions: aligned is for the visual tokens of visual: sum, not {plan.visual}"
        )
    if plan.positions == "aligned" and plan.vision_width != plan.width:
        raise ParamsError(
            f"positions: aligned needs regions as wide as words, not vision_width "
            f"{plan.vision_width} beside width {plan.width}"
        )
    if plan.shared_norm and plan.vision_width != plan.width:
        raise ParamsError(
            f"a shared norm needs regions as wide as words, not vision_width "
            f"{plan.vision_width} beside width {plan.width}"
        )


def _pixels(plan: "Plan") -> None:
    """Refuse fields of pixels that do not fit each other."""
    if plan.visual not in PIXELS:
        if plan.hide_pixels:
            raise ParamsError(
                f"hide_pixels: visual: {plan.visual} hides regions by their features; it is "
                "for visual: patches and visual: grid"
            )
        if (plan.pixels and not plan.towers) or plan.patch or plan.sampled:
            raise ParamsError(
                f"visual: {plan.visual} reads no pixels; set `visual: patches` or `visual: "
                f"grid`, or leave pixels {plan.pixels}, patch {plan.patch} and sampled "
                f"{plan.sampled} out"
            )
    elif min(plan.pixels, plan.patch) < 1 or plan.pixels % plan.patch:
        raise ParamsError(
            f"visual: {plan.visual} needs pixels that are a multiple of patch, such as 64 and "
            f"16, not {plan.pixels} and {plan.patch}"
        )
    if (plan.visual == "grid") != bool(plan.backbone) or (plan.frozen and not plan.backbone):
        raise ParamsError(
            f"visual: {plan.visual} with backbone {plan.backbone or 'that is none'}: visual: "
            "grid, and no other, has a backbone, such as resnet18, which may be frozen"
        )


def _media(plan: "Plan") -> None:
    """Refuse further media, and what is of them, that do not fit the rest."""
    media = " and ".join(name for name in ("sound", "video") if getattr(plan, name))
    if media and (plan.kinds() != {"joint"} or plan.visual in ("joined", "towers")):
        raise ParamsError(
            f"{media}: true is for joint layers over words, regions and {media}, not for "
            f"layers {plan.streams!r} with visual: {plan.visual}"
        )
    for name, wanted, of in (
        ("muted", media, "sound: true` or `video: true"),
        ("spec_augment", plan.sound, "sound: true"),
        ("clip_crops", plan.video, "video: true"),
    ):
        if getattr(plan, name) and not wanted:
            raise ParamsError(f"{name} is of a medium that is not read; set `{of}`, too")
