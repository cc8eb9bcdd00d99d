# A server with TlsGateGuard, and a trial that it stops.
package TlsGate::Guard;
use strict;
use warnings;
use Exporter 'import';
use Test::More;
use TlsGate::Client qw(get json_of);
use TlsGate::Httpd;
our @EXPORT_OK = qw(conf_of guarded next_second old page rejects served_as trip);

# What `dates` says in place of one trial of an hour and a cutoff, `guard` in place of a guard that trips soon,
# and `more` beside it.
sub conf_of {
    my (%o) = @_;
    my $dates = $o{dates} // "TlsGateTrial 2018-07-10T09:00Z/2018-07-10T10:00Z\nTlsGateCutoff 2018-08-01T00:00Z";
    my $guard = $o{guard} // 'TlsGateGuard 50% min=2 over=PT10S';
    return <<"CONF";
Listen 127.0.0.1:\@tls\@
SSLEngine on
Timeout 20000000
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
    $dates
</TlsGateSchedule>
TlsGate legacy
$guard
TlsGateLog logs/tlsgate.ndjson
${\ ($o{more} // '')}
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
<Location /verify>
    SetHandler tlsgate-verify
</Location>
CONF
}

# Its clock does not move unless the test says so.
sub guarded {
    my (%o) = @_;
    my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => conf_of(%o), $o{httpd} ? %{ $o{httpd} } : ());
    $h->stop_clock($o{at} // '2018-07-10T09:00:00Z');
    return $h;
}

sub page { my ($h, $format) = @_; return get($h->port, 'TLSv1.3', "/status?format=$format")->{body} }

sub old { my ($h, @more) = @_; return get($h->port, 'TLSv1', '/index.html', @more)->{status} }

# That many requests over TLS 1.0, and what each gets.
sub rejects { my ($h, $n, $name) = @_; return is(join(' ', map { old($h) } 1 .. $n), join(' ', (426) x $n), $name) }

# One more, which is served in that phase, by what changed it; `until` as the log has it.
sub served_as {
    my ($h, $name, $phase, @by) = @_;
    my $seen = $h->sightings;
    my $status = old($h);
    my ($line) = $h->new_sightings(\$seen, 1);
    my $by = @by ? { kind => $by[0], until => $by[1] } : undef;
    return is_deeply([$status, @{ $line->{tlsgate} }{qw(phase override)}], [200, $phase, $by], $name);
}

# The clock of each stands at that second, and its numbers until then are collected: which takes ten seconds, for all of
# them together.
sub next_second {
    my ($at, @servers) = @_;
    $_->stop_clock($at) for @servers;
    return ok(!(grep { my $h = $_; !$h->wait_until(sub { page($h, 'json') =~ /"collected": ?"\Q$at\E"/ }) } @servers), "collected at $at");
}

# Two buckets of ten seconds, from that minute of the day on, that reject all. Afterwards each error log is to match.
sub trip {
    my ($minute, %word_of) = @_;
    my @servers = map { $_->[0] } @{ $word_of{said} };
    next_second("${minute}:10Z", @servers);
    rejects($_, 2, 'a trial') for @servers;
    next_second("${minute}:20Z", @servers);
    rejects($_, 2, 'one bucket is not enough') for @servers;
    $_->stop_clock("${minute}:30Z") for @servers;
    for (@{ $word_of{said} }) {
        my ($h, $word) = @$_;
        ok($h->wait_until(sub { $h->error_log =~ $word }), "the second is: $word");
    }
    return;
}

1;
