# Since Python 3.12
name = "x"
deep = f"{f"{name}"}"
spread = f"{
    name  # a comment
    .upper()
    !r:>10} {f"{
    deep
}"}"
