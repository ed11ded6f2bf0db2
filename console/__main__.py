"""`python -m console …`: the terminal door."""

import sys

from console.terminal import main

# botocore takes the ordinary TLS in any case, but would load pyOpenSSL first, which passkeys need. Only here,
# in a process of our own: another program may want urllib3 to use it.
sys.modules.setdefault("urllib3.contrib.pyopenssl", None)  # type: ignore[arg-type]

if __name__ == "__main__":
    main()
