"""A Stable Diffusion and a CLIP of random weights that draw and judge in a fraction of a second."""

from pathlib import Path
from typing import Any

SIDE = 16  # pixels that it draws
WIDTHS = (8, 16)  # channels of its levels


def save_pipeline(
    folder: Path,
    unsafe: bool | None = None,
    seed: int = 0,
    side: int = SIDE,
    widths: tuple[int, ...] = WIDTHS,
    latents: int = 4,
    colour: tuple[int, int, int] | None = None,
) -> Path:
    """Write an ordinary pipeline folder.

    Args:
        folder: that it is written to.
        unsafe: what its safety checker says of every picture; None: it has none.
        seed: of the weights.
        side: pixels that it draws.
        widths: channels of the two levels that denoise.
        latents: channels of what is denoised.
        colour: RGB of all that it draws; None: what its weights make of a prompt.
    """
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline
    from diffusers import UNet2DConditionModel as UNet
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(seed)
    words = tokenizer()
    unet = UNet(
        sample_size=side // 2,
        in_channels=latents,
        out_channels=latents,
        block_out_channels=widths,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=4,
    )
    vae = AutoencoderKL(
        block_out_channels=WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=latents,
        norm_num_groups=4,
    )
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(words),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=8,
        )
    )
    with torch.no_grad():  # random weights draw nearly nothing but grey
        vae.decoder.conv_out.weight.mul_(20 if colour is None else 0)
        if colour is not None:
            vae.decoder.conv_out.bias.copy_(torch.tensor(colour) / 127.5 - 1)
    checker, extractor = (None, None) if unsafe is None else _checker(unsafe)
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=words,
        unet=unet,
        scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=checker,
        feature_extractor=extractor,
        requires_safety_checker=checker is not None,
    ).save_pretrained(folder)
    return folder


def save_large_pipeline(folder: Path, seed: int = 0) -> Path:
    """Write a Stable Diffusion XL with two text encoders, as SDXL-Turbo is one."""
    import torch
    from diffusers import AutoencoderKL, EulerAncestralDiscreteScheduler
    from diffusers import StableDiffusionXLPipeline as Pipeline
    from diffusers import UNet2DConditionModel as UNet
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    torch.manual_seed(seed)
    words = tokenizer()
    unet = UNet(
        sample_size=SIDE // 2,
        block_out_channels=WIDTHS,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=32,  # both encoders' features side by side
        attention_head_dim=4,
        norm_num_groups=4,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=16 + 6 * 4,  # of the text, and of six sizes
    )
    vae = AutoencoderKL(
        block_out_channels=WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
    )
    text = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=8,
        projection_dim=16,
    )
    with torch.no_grad():
        vae.decoder.conv_out.weight.mul_(20)
    Pipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text),
        text_encoder_2=CLIPTextModelWithProjection(text),
        tokenizer=words,
        tokenizer_2=tokenizer(),
        unet=unet,
        scheduler=EulerAncestralDiscreteScheduler(timestep_spacing="trailing"),
        add_watermarker=False,
    ).save_pretrained(folder)
    return folder


def save_clip(folder: Path) -> Path:
    """Write a CLIP of random weights in open_clip's own format, as the filter network's is."""
    import json

    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    words = tokenizer()
    words.save_pretrained(folder)
    text = {"context_length": 8, "vocab_size": len(words), "width": 16, "heads": 2, "layers": 1}
    text |= {"hf_tokenizer_name": "tokenizer.json", "pool_type": "eos", "eos_id": 3, "pad_id": 0}
    vision = {"image_size": 16, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}
    parts: dict[str, Any] = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    config = {"model_cfg": {**parts, "custom_text": True}, "preprocess_cfg": {"size": 16}}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    weights = open_clip.CustomTextCLIP(**parts).state_dict()
    whole = {name: value.contiguous() for name, value in weights.items()}
    save_file(whole, folder / "open_clip_model.safetensors")
    return folder


def tokenizer() -> Any:
    """A tokenizer of the few words that tests use."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "blue", "green", "square", "circle"]
    whole = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(known)}, unk_token="[UNK]")
    )
    whole.pre_tokenizer = pre_tokenizers.Whitespace()
    whole.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=whole, model_max_length=8, pad_token="[PAD]", unk_token="[UNK]"
    )


def _checker(unsafe: bool) -> tuple[Any, Any]:
    """A safety checker that says the same of every picture, and what prepares pictures for it."""
    import torch
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPImageProcessor

    small = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2}
    vision = {**small, "num_hidden_layers": 1, "image_size": 16, "patch_size": 8}
    checker = StableDiffusionSafetyChecker(
        CLIPConfig(text_config=small, vision_config=vision, projection_dim=8)
    )
    with torch.no_grad():  # a cosine is above -2 and below 2
        checker.concept_embeds_weights.fill_(-2.0 if unsafe else 2.0)
        checker.special_care_embeds_weights.fill_(-2.0 if unsafe else 2.0)
    extractor = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size=16)
    return checker, extractor
