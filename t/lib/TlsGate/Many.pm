# Configurations of any size, for what must not grow faster than they do.
package TlsGate::Many;

use strict;
use warnings;

use Exporter qw(import);
our @EXPORT_OK = qw(vhosts schedules);

sub schedule { my ($name) = @_; return "<TlsGateSchedule $name>\nTlsGateDeprecate TLSv1\nTlsGateCutoff 2099-01-01T00:00Z\n</TlsGateSchedule>\n" }

# So many virtual hosts, each with those lines.
sub vhosts {
    my ($n, $lines) = @_;
    return join('', map {"<VirtualHost *:\@tls\@>\nServerName v$_.example.com\n$lines</VirtualHost>\n"} 1 .. $n);
}

# So many schedules, each with a TlsGate line of its own, and a virtual host that has them all.
sub schedules {
    my ($n) = @_;
    return join('', map { schedule("s$_") . "TlsGate s$_\n" } 1 .. $n) . vhosts(1, "SSLEngine on\n");
}

1;
