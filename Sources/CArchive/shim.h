// libarchive as Swift imports it: tar written and read, gzip around it.
#pragma once

#include <archive.h>
#include <archive_entry.h>
