# A deprecation of conf/history in a real httpd, and the clients of its customers.
package TlsGate::History;

use strict;
use warnings;

use Exporter 'import';
use Test::More;
use TlsGate::Httpd;
use TlsGate::Stacks qw(ask_at stacks);

our @EXPORT_OK = qw(answer customers dump_is header server);

# The stacks that are installed; a history needs at least three.
sub customers {
    my @there = grep { $_->{path} } stacks();
    for my $missing (grep { !$_->{path} } stacks()) {
        SKIP: { skip "$missing->{name} is not installed", 1 }
    }
    cmp_ok(scalar @there, '>=', 3, 'there are clients of at least three TLS stacks')
        or BAIL_OUT('a history needs its customers: ' . join(' ', map { $_->{name} } @there));
    return @there;
}

# A server that includes one history unchanged, with a page at each path.
sub server {
    my ($history, $clock, @paths) = @_;
    my $file = TlsGate::Httpd::absolute("conf/history/$history");
    my $h = TlsGate::Httpd->new(clock => $clock, conf => <<"CONF");
Define TLS_PORT \@tls\@
Define HTTP_PORT \@http\@
Listen 127.0.0.1:\${TLS_PORT}
Listen 127.0.0.1:\${HTTP_PORT}
# Longer than any step of the clock while a connection is open.
KeepAliveTimeout 600
Header always set X-Spoken "%{SSL_PROTOCOL}s"
LogFormat "%{SSL_PROTOCOL}x" protocol
CustomLog logs/protocols protocol
TlsGateLog logs/tlsgate.ndjson
Include $file
CONF
    for my $path (@paths) {
        my $dir = $h->dir . '/htdocs';
        for my $part (split(m{/}, $path =~ s{/[^/]+$}{}r)) { $dir .= "/$part"; mkdir $dir }
        $h->write_file("htdocs$path", "served\n");
    }
    return $h->start;
}

# One answer to the first stack.
sub answer {
    my ($h, $instant, $version, %o) = @_;
    my $r = ask_at($h, $instant, (grep { $_->{path} } stacks())[0], port => $h->port('tls'), version => $version, %o);
    return $r || BAIL_OUT("no answer over $version at $instant");
}

sub header { my ($r, $name) = @_; return $r->{headers}{$name} // 'none' }

# The timeline and its users in httpd -t -D DUMP_TLSGATE, without the file name and with the
# port by its name. The rest of the dump is not about time, and warnings come at start as well.
sub dump_is {
    my ($h, $expected) = @_;
    my ($status, $text) = $h->run('-t', '-D', 'DUMP_TLSGATE');
    my ($tls, $http) = ($h->port('tls'), $h->port('http'));
    $text =~ s/ \([^()]*:\d+\)$//mg;
    $text =~ s/:$tls\b/:TLS/g;
    $text =~ s/:$http\b/:HTTP/g;
    $text =~ s/^(?:.*as of .*|Syntax OK|\[[^\n]*:warn\] .*| +(?:status|info) .*)\n//mg;
    $text =~ s/^ +(\S.*?) {2,}/  $1: /mg;
    is($text, $expected, 'DUMP_TLSGATE says so in UTC');
    is($status, 0, 'and exits with 0');
}

1;
