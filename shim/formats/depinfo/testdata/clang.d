helpers: x.c in/a.h in/with\ blank.h in/hash\#.h in/dollar$$.h \
  in/back/slash.h
