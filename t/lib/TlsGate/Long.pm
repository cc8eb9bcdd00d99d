# What is left to `make -f Makefile.apxs check-long`, which sets TLSGATE_LONG=1: more of the
# same, that another test of `check` shows as well, or that the same test shows with less.
package TlsGate::Long;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(is_long mpms short_or_long);

sub is_long { return $ENV{TLSGATE_LONG} ? 1 : 0 }

sub short_or_long { my ($short, $long) = @_; return is_long() ? $long : $short }

# The MPMs that are here. `check` leaves out worker where a test is long: event runs the same
# threads, and has more to go wrong.
sub mpms {
    chomp(my $libexec = `apxs -q LIBEXECDIR 2>/dev/null || apxs2 -q LIBEXECDIR`);
    return grep { -e "$libexec/mod_mpm_$_.so" } 'prefork', (is_long() ? 'worker' : ()), 'event';
}

1;
