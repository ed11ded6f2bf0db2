"""The one seam to AWS."""

import sys

# botocore takes urllib3's own SSL context in any case, but would load pyOpenSSL (that of passkeys) first
sys.modules.setdefault("urllib3.contrib.pyopenssl", None)  # type: ignore[arg-type]
