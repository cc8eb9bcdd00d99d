# Parts of tests that only `make -f Makefile.apxs check-long` runs, which sets TLSGATE_LONG=1: more
# of the same, which another test of `check` shows too, or the same test with less.
package TlsGate::Long;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(is_long mpms short_or_long);

sub is_long { return $ENV{TLSGATE_LONG} ? 1 : 0 }

sub short_or_long { my ($short, $long) = @_; return is_long() ? $long : $short }

# The MPMs that are installed. `check` leaves out worker in long tests: event runs the same
# threads, and has more to go wrong.
sub mpms {
    chomp(my $libexec = `apxs -q LIBEXECDIR 2>/dev/null || apxs2 -q LIBEXECDIR`);
    return grep { -e "$libexec/mod_mpm_$_.so" } 'prefork', (is_long() ? 'worker' : ()), 'event';
}

1;
