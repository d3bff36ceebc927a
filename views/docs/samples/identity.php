<?php

// Says who is logged in; may be used for ten minutes.
function identity_token( string $id, string $email, string $name ): string {
	$encode = fn( string $s ) => rtrim( strtr( base64_encode( $s ), '+/', '-_' ), '=' );
	$claims = [ 'aud' => 'YOUR_TOKEN_ID', 'sub' => $id, 'email' => $email, 'name' => $name, 'exp' => time() + 600 ];
	$body   = $encode( '{"alg":"HS256","typ":"JWT"}' ) . '.' . $encode( json_encode( $claims ) );
	return $body . '.' . $encode( hash_hmac( 'sha256', $body, getenv( 'IDENTITY_SECRET' ), true ) );
}