# Requests over deprecated connections that are under way when their process ends: each has its line or is
# counted in the error log, and none is both or neither.
use strict;
use warnings;
use lib 't/lib';
use Test::More;
use TlsGate::Client qw(connect_to read_response ask);
use TlsGate::Httpd;

my $CONF = <<'CONF';
Listen 127.0.0.1:@tls@
SSLEngine on
Timeout 86400
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
<Location /open>
    TlsGate off
    Options +Includes
    AddOutputFilter INCLUDES .shtml
</Location>
<Location /test>
    SetHandler tlsgate-verify
</Location>
CONF

my $LEFT = qr/TLSGATE0033: TlsGateLog: (\d+) requests over deprecated connections were not logged, because their process ended first/;
my $N = 3;
my $h;

sub counted { my $sum = 0; $sum += $_ for $h->error_log =~ /$LEFT/g; return $sum }
sub lines { my (@lines) = grep { $_->{url}{path} eq '/index.html' } $h->sightings; return scalar @lines }

# Requests that wait for their body: httpd answers "100" once it wants it, so that they are past the gate.
sub begin {
    my ($tls, $path) = @_;
    my $s = connect_to(port => $h->port, tls => $tls);
    print $s "GET $path HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
    my $line = readline($s);
    readline($s);
    return $line =~ /^HTTP\/1.1 100/ ? $s : die "not under way: $line\n";
}

sub begin_all { return ((map { begin('TLSv1', '/index.html') } 1 .. $N), begin('TLSv1.2', '/index.html'), begin('TLSv1', '/open/index.html')) }
sub finish_all { return map { my $s = $_; print $s 'x'; my $r = read_response($s); $r && $r->{status} } @_ }
sub children { return split(/\s+/, TlsGate::Httpd::slurp("/proc/$h->{pid}/task/$h->{pid}/children")) }

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(event worker prefork)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        $h = TlsGate::Httpd->new(mpm => $mpm, modules => [qw(include)], conf => $CONF, tolerates => [qr/AH00052: child pid \d+ exit signal/, qr/AH0004[567]: /, qr/AH0297[0-9]: /]);
        mkdir $h->dir . '/htdocs/open';
        $h->write_file('htdocs/open/index.html', "open\n");
        $h->write_file('htdocs/open/page.shtml', '<!--#include virtual="/test" -->');
        $h->start;

        # A graceful restart lets them end.
        my @open = begin_all();
        ok($h->graceful, "$mpm: a graceful restart");
        is_deeply([finish_all(@open)], [(200) x ($N + 2)], "$mpm: what was under way is answered");
        undef $_ for @open;
        ok($h->wait_until(sub { lines() >= $N }), "$mpm: and has its lines");
        my $sum = $N;

        # A restart that is not graceful ends them.
        @open = begin_all();
        my $times = $h->_times_resumed;
        $h->signal('HUP');
        ok($h->wait_until(sub { $h->_times_resumed > $times }), "$mpm: a restart");
        undef $_ for @open;
        $sum += $N;
        is(lines() + counted(), $sum, "$mpm: what it cut off has a line or is counted: @{[lines()]}, @{[counted()]}");

        # A process that is killed: the parent reports when it looks.
        @open = begin_all();
        kill KILL => children();
        ok($h->wait_until(sub { lines() + counted() >= $sum + $N }), "$mpm: what killed processes leave is counted");
        undef $_ for @open;
        $sum += $N;
        is(lines() + counted(), $sum, "$mpm: no more than that");
        ok($h->wait_until(sub { my $r = ask(port => $h->port, tls => 'TLSv1', path => '/index.html'); $r && $r->{status} == 200 }), "$mpm: it goes on");
        $sum++ if $h->wait_until(sub { lines() + counted() > $sum });

        # A page of ours within an answer that no schedule concerns has ended with it.
        like(ask(port => $h->port, tls => 'TLSv1', path => '/open/page.shtml')->{body}, qr/TLSv1/, "$mpm: an answer that tlsgate-verify is a part of");

        @open = begin_all();
        ok($h->stop, "$mpm: a stop");
        $sum += $N;
        is(lines() + counted(), $sum, "$mpm: what it cut off has a line or is counted: @{[lines()]}, @{[counted()]}");
        cmp_ok(counted(), '>=', $N, "$mpm: some are counted");
        $h->finish_ok;
    }
}
done_testing;
