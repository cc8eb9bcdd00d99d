# Clients with and without a post-quantum group, of each TLS stack that is installed. Which of them have
# one is read from what they send, since it depends on the version of a library and on its defaults.
package TlsGate::Groups;

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use TlsGate::Hello qw(understood);
use TlsGate::Httpd;
use TlsGate::Stacks qw(hello_of stacks);

our @EXPORT_OK = qw(clients offer_of offered);

my $BUILD   = $ENV{BUILD} || 'build';
my $CLIENTS = TlsGate::Httpd::absolute(dirname(__FILE__) . '/../../clients');

# At IANA: X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024, and ML-KEM alone.
my %POST_QUANTUM = map { $_ => 1 } 4588, 4587, 4589, 512 .. 514;

my $CLASSICAL = "$CLIENTS/classical.cnf";

# Stacks of programs that speak HTTP themselves, or need a few lines of their language.
my %OWN = (
    'curl' => {
        program => 'curl',
        command => sub {
            my ($program, $version, $o) = @_;
            return ($program, '-sSki', '--http1.1', '--max-time', 120, '--connect-to', "::127.0.0.1:$o->{port}",
                (map { ('-H', $_) } @{ $o->{headers} || [] }), @{ $o->{more} || [] }, "https://$o->{sni}/");
        },
    },
    'Python' => {
        program => 'python3',
        command => sub { my ($program, undef, $o) = @_; return ($program, "$CLIENTS/python_client.py", $o->{port}, $o->{sni}) },
    },
    'Node.js' => {
        program => 'node',
        command => sub { my ($program, undef, $o) = @_; return ($program, "$CLIENTS/node_client.js", $o->{port}, $o->{sni}, @{ $o->{more} || [] }) },
    },
);

# The stack, what is special about the client, its version (of those stacks that are pinned to one),
# additions to its environment and command.
my @ROWS = (
    ['OpenSSL', 'TLSv1.3',                'TLSv1.3', {}],
    ['OpenSSL', 'TLSv1.3, X25519 alone',  'TLSv1.3', { OPENSSL_CONF => $CLASSICAL }],
    ['OpenSSL', 'TLSv1.2',                'TLSv1.2', {}],
    ['GnuTLS',  'TLSv1.3',                'TLSv1.3', {}],
    ['GnuTLS',  'TLSv1.2',                'TLSv1.2', {}],
    ['NSS',     'TLSv1.3',                'TLSv1.3', {}],
    ['NSS',     'TLSv1.3, a second group', 'TLSv1.3', {}, '-I', 'x25519,mlkem768x25519'],
    ['Go',      'TLSv1.3',                'TLSv1.3', { GODEBUG => 'tlsmlkem=1' }],
    ['Go',      'TLSv1.3, as of go 1.23', 'TLSv1.3', { GODEBUG => 'tlsmlkem=0' }],
    ['Go',      'TLSv1.2',                'TLSv1.2', {}],
    ['Java',    'TLSv1.3',                'TLSv1.3', {}],
    ['Java',    'TLSv1.2',                'TLSv1.2', {}],
    ['curl',    'its default',            undef,     {}],
    ['curl',    'X25519 alone',           undef,     {}, '--curves', 'X25519'],
    ['Python',  'its default',            undef,     {}],
    ['Python',  'X25519 alone',           undef,     { OPENSSL_CONF => $CLASSICAL }],
    ['Node.js', 'its default',            undef,     {}],
    ['Node.js', 'X25519 alone',           undef,     {}, 'X25519'],
);

# As TlsGate::Stacks has them, for its ask and ask_at.
sub client_of {
    my ($name, $special, $version, $env, @more) = @_;
    my ($stack) = $OWN{$name} ? () : grep { $_->{name} eq $name } stacks();
    $stack //= { %{ $OWN{$name} }, path => TlsGate::Stacks::in_path($OWN{$name}{program}), env => {}, versions => { any => 'any' } };
    my $command = $stack->{command};
    return {
        %$stack,
        name    => "$name, $special",
        stack   => $name,
        pinned  => $version // 'any',
        env     => { %{ $stack->{env} }, %$env },
        $command ? (command => sub {
            my ($program, $as, $o) = @_;
            return $OWN{$name} ? $command->($program, $as, { %$o, more => \@more }) : ($command->($program, $as, $o), @more);
        }) : (),
    };
}

# Node.js of npm, which has an OpenSSL of its own.
sub nodes_of_npm {
    my @found = grep { -x } glob("$BUILD/npm/node_modules/node-*/bin/node");
    return map { +{ %{ client_of('Node.js', 'version ' . (m{/node-(\d+)/})[0] . ' of npm', undef, {}) }, path => $_ } } @found;
}

# Those that are installed here.
sub clients { return grep { $_->{path} } map({ client_of(@$_) } @ROWS), nodes_of_npm() }

# What a client offers: { post_quantum, tls13 }, from its hello.
sub offer_of {
    my ($client) = @_;
    return offered(hello_of($client, version => $client->{pinned}, sni => 'localhost') || die "$client->{name} says no hello\n");
}

sub offered {
    my ($hello) = @_;
    my $data = understood($hello)->{data};
    return {
        tls13        => (grep { $_ == 0x0304 } unpack('x n*', $data->{43} // "\0")) ? 1 : 0,
        post_quantum => (grep { $POST_QUANTUM{$_} } unpack('x2 n*', $data->{10} // "\0\0")) ? 1 : 0,
    };
}

1;
