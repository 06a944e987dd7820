"""Makes random-weight Llama models of the sizes in mlx-models.json, in MLX format, so that a tune has real input
without a model hub. Weights are float32: the only type that is fast on a CPU. Each model gets its own byte-level BPE
tokenizer and chat template. A folder that is already made with the same parameters is left as it is.

Usage: make-mlx-models.py --out FOLDER [--only NAME ...]
"""

import argparse
import hashlib
import json
import math
import shutil
import sys
import time
from pathlib import Path

import mlx.core as mx
from mlx.utils import tree_flatten, tree_unflatten
from mlx_lm import load, stream_generate
from mlx_lm.models import llama
from mlx_lm.utils import save_config, save_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Common words, so that a prompt of such words costs about one token each, as it does with a real tokenizer.
WORDS = """
a about after again air all also always an and another answer any are around as ask at away back be because been before
began being below between big book both boy but by call came can car change city close cold come could country cut day
did different do does done door down each early earth east easy eat end enough even every eye face fall family far farm
father feet few find fine fire first fish five follow food for form found four from full gave get girl give go gold good
got great green ground group grow had hand hard has have he head hear help her here high him his home horse hot hour
house how idea if important in into is it its just keep kind knew know land large last late leave left letter life light
like line list little live long look made make man many map mean men might mile miss more morning most mother mountain
move much music must my name near need never new next night no north not note nothing now number of off often old on
once one only open or order other our out over own page paper part people place plain plan plant play point put question
quick rain ran read real red rest right river road rock room round run said same saw say school sea second see seem
sentence set she ship short should show side simple since sing sit six sky sleep slow small snow so some song soon
sound south stand star start state stay step stone stop story street strong study such sun sure system table take talk
tell ten than that the their them then there these they thing think this those thought three through time to together
too took top toward town travel tree true try turn two under until up us use very voice wait walk want war warm was
watch water way we week well went were west what wheel when where which while white who why will wind with without wood
word work world would write year yes yet you young your friend friends 0 1 2 3 4 5 6 7 8 9
"""
CHECK_TOKENS = 128


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", action="append", help="name of a model in mlx-models.json")
    args = parser.parse_args()
    table = json.loads(Path(__file__).with_name("mlx-models.json").read_text())
    unknown = set(args.only or []) - {row["name"] for row in table["models"]}
    if unknown:
        sys.exit(f"no such model in mlx-models.json: {', '.join(sorted(unknown))}")
    for row in table["models"]:
        if not args.only or row["name"] in args.only:
            ensure_model(args.out / row["name"], row, table["headDim"], table["seed"])


def ensure_model(folder, row, head_dim, seed):
    """Make one model unless its stamp says that it is there. The stamp comes last, after the check."""
    stamp = folder / "made.json"
    wanted = {**row, "head_dim": head_dim, "seed": seed, "recipe": recipe_digest()}
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        print(f"{row['name']}: already made", flush=True)
        return
    began = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer = make_tokenizer()
    write_tokenizer(folder, tokenizer)
    n_bytes = write_weights(folder, row, head_dim, seed, tokenizer)
    mx.clear_cache()  # else the check holds the weights a second time
    checked = check_output(folder, n_bytes)
    stamp.write_text(json.dumps(wanted))
    took = time.perf_counter() - began
    print(f"{row['name']}: {n_bytes / 1e6:.0f} MB, {checked} greedy tokens checked, {took:.1f} s", flush=True)


def recipe_digest():
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2048,
        min_frequency=1,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=SPECIAL,
        show_progress=False,
    )
    tokenizer.train_from_iterator([" " + " ".join(WORDS.split()), "user system assistant"], trainer)
    return tokenizer


def write_tokenizer(folder, tokenizer):
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "additional_special_tokens": SPECIAL,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 32768,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2))


def write_weights(folder, row, head_dim, seed, tokenizer):
    """@returns the bytes of all tensors."""
    vocab_size = tokenizer.get_vocab_size()
    heads = row["hidden"] // head_dim
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": row["hidden"],
        "num_hidden_layers": row["layers"],
        "intermediate_size": row["intermediate"],
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "head_dim": head_dim,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "vocab_size": vocab_size,
        "max_position_embeddings": 32768,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "eos_token_id": tokenizer.token_to_id("<|im_end|>"),
        "bos_token_id": tokenizer.token_to_id("<|endoftext|>"),
    }
    model = llama.Model(llama.ModelArgs.from_dict(config))
    model.update(tree_unflatten(list(random_weights(model, seed))))
    # A zero row scores 0 and some row of random numbers always scores more: greedy output never takes these ids.
    model.lm_head.weight[mx.array(silent_ids(tokenizer))] = 0
    n_bytes = sum(value.nbytes for _, value in tree_flatten(model.parameters()))
    save_config(config, folder / "config.json")
    save_model(folder, model, donate_model=True)
    return n_bytes


def random_weights(model, seed):
    """Uniform numbers of variance 1 / fan-in. One key per tensor, so that no tensor depends on the others."""
    keys = mx.random.split(mx.random.key(seed), len(tree_flatten(model.parameters())))
    for key, (name, value) in zip(keys, tree_flatten(model.parameters())):
        if value.ndim == 2:
            bound = math.sqrt(3 / value.shape[-1])
            yield name, mx.random.uniform(-bound, bound, value.shape, key=key)
        else:
            yield name, mx.ones(value.shape)


def silent_ids(tokenizer):
    """Ids that end the output or decode to no visible text of their own: special tokens, spaces, pieces of UTF-8."""
    ids = range(tokenizer.get_vocab_size())
    return [i for i in ids if not is_visible(tokenizer.decode([i], skip_special_tokens=True))]


def is_visible(text):
    return text.strip().isascii() and text.strip().isprintable() and text.strip() != ""


def check_output(folder, n_bytes):
    """Generate from the saved model as the server does. @returns the number of tokens checked."""
    model, tokenizer = load(str(folder))
    messages = [{"role": "user", "content": "the time of day and 7 words"}]
    prompt, wanted = tokenizer.apply_chat_template(messages, add_generation_prompt=True), CHECK_TOKENS
    if n_bytes > 200e6:  # The zero rows hold for any prompt; a big model is too slow to be asked for more.
        prompt, wanted = prompt[-2:], 2
    responses = list(stream_generate(model, tokenizer, prompt, max_tokens=wanted))
    silent = sum(1 for response in responses if response.text == "")
    if len(responses) != wanted or responses[-1].finish_reason != "length" or silent > 0:
        sys.exit(f"{folder}: {len(responses)} of {wanted} tokens, {silent} of them without text")
    return wanted


if __name__ == "__main__":
    main()
