# Privileges: started as root, httpd opens the log before it drops root, so its
# workers write where they could not open a file; without root, everything works too.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(ask);
use TlsGate::Httpd;

my $conf = <<'CONF';
Listen @tls@
Listen @http@
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 cleartext
    TlsGateStatus    400
</TlsGateSchedule>
TlsGate legacy
<Location /rejected>
    TlsGate legacy as=cutoff
</Location>
TlsGateLog closed/tlsgate.ndjson
<IfDefine TLS>
<VirtualHost *:@tls@>
    SSLEngine on
</VirtualHost>
</IfDefine>
CONF

# The real user of each process of a server, the parent first.
sub users {
    my ($h) = @_;
    return map { TlsGate::Httpd::slurp("/proc/$_/status") =~ /^Uid:\s+(\d+)/m ? $1 : '?' }
        $h->{pid}, split(' ', TlsGate::Httpd::slurp("/proc/$h->{pid}/task/$h->{pid}/children"));
}

# The same facts for every user. Over TLS if the key can be read.
sub facts {
    my ($h, $who, $owner, $workers) = @_;
    my $log = $h->dir . '/closed/tlsgate.ndjson';
    my $tls = grep { $_ eq 'TLS' } @{ $h->{define} || [] };
    my @legacy = (port => $h->port($tls ? 'tls' : 'http'), tls => $tls ? 'TLSv1' : undef);
    is((users($h))[0], $owner, "$who: the parent is uid $owner");
    # A worker starts with the user of its parent.
    ok($h->wait_until(sub { my (undef, @w) = users($h); @w && !grep { $_ ne $workers } @w }), "$who: the workers are uid $workers");
    is(ask(@legacy)->{status}, 200, "$who: served");
    is(ask(@legacy, path => '/rejected')->{status}, 400, "$who: rejected");
    is(ask(port => $h->port, tls => 'TLSv1.2')->{status}, 200, "$who: modern clients are served") if $tls;
    is(scalar($h->wait_sightings(2, 'closed/tlsgate.ndjson')), 2, "$who: two sightings");
    my @stat = stat($log);
    is($stat[4], $owner, "$who: the log belongs to uid $owner");
    is($stat[2] & 07, 0, "$who: and is not readable for everyone, although the umask allows it");
    is($stat[2] & 020, 0, "$who: nor writable for the group");

    # Rotated: a new file, opened by the parent again.
    rename($log, "$log.1") or die "rename: $!";
    ok($h->graceful, "$who: a graceful restart");
    ok($h->wait_until(sub { -e $log }), "$who: makes a new log");
    is(ask(@legacy, path => '/rejected')->{status}, 400, "$who: rejected as before");
    # A child that was told to end may have answered that; it has the old file.
    ok($h->wait_until(sub { $h->sightings('closed/tlsgate.ndjson') || (ask(@legacy, path => '/rejected') && 0) }, 120),
        "$who: and logged, in the new file");
}

sub server {
    my (%o) = @_;
    my $h = TlsGate::Httpd->new(conf => $conf, %o);
    mkdir $h->dir . '/closed', 0700;
    return $h;
}

umask 0;
SKIP: {
    skip 'not root', 1 if $> != 0;
    my $h = server(define => ['TLS']);
    my $www = getpwnam('www-data');
    $h->start;
    facts($h, 'root', 0, $www);
    $h->finish_ok;

    my $nobody = getpwnam('nobody');
    $h = server(user => 'nobody');
    chown $nobody, -1, $h->dir . '/closed';
    $h->start;
    facts($h, 'nobody', $nobody, $nobody);
    $h->finish_ok;

    # A directory that it may not write to.
    $h = server(user => 'nobody');
    ok(!eval { $h->start }, 'nobody, in a directory of root: httpd does not start');
    like($h->output . $h->error_log, qr{Permission denied.*TlsGateLog ".*/closed/tlsgate\.ndjson"}, 'nobody: with the reason');
}
SKIP: {
    skip 'root', 1 if $> == 0;
    my $h = server(define => ['TLS']);
    $h->start;
    facts($h, 'not root', $>, $>);
    $h->finish_ok;
}
done_testing;
