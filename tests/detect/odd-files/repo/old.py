print "two"
import os
X = os.environ["OLD_STYLE"]
exec "x"
